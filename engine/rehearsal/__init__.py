"""A whole runtime in memory, with a clock moved by hand."""
