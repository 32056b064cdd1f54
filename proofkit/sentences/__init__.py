"""Claims of the kernel as English sentences, and as the records of certificates."""
