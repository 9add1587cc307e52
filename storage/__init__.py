"""Everything kefu remembers. It knows none of the other floors."""
