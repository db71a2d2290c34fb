"""What a run goes on from: states of it with checksums, of which the newest that is whole is found."""
