"""The referee: certificates read and replayed by the kernel alone, beside the reader's problem.

    python -m proofkit.check CERT.json --problem my.csv --target y

Standard library, python-flint and the kernel; of the rest of the package only the readers of data
and the printers of sentences.  ``outcome`` judges a certificate, ``reader`` reads the reader's own
problem, ``compare`` says where the two differ, ``command`` prints what follows.
"""
