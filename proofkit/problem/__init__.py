"""Problems: losses, the depth-2 network, data and outer weights."""
