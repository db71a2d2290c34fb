"""How bytes lie in a face file: plain parts of HDF5, checksums, and names that a file may have."""
