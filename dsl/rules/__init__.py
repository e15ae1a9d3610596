"""What is proven of a compiled project beyond names and types: one file for each rule."""
