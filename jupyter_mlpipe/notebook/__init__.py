"""What a notebook means: statements, stages, slices; and how stage and executed notebooks are written."""
