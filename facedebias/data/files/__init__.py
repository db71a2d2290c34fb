"""Face files as they lie on a disk: one of them, or shards that an index makes one."""
