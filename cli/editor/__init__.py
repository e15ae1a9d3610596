"""The language server: what editors ask, answered from the project as it is being typed."""
