"""What keeps work safe from kills, full disks and second processes."""
