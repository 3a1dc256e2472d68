"""What to change, with the evidence: rows of the marts become recommendations and patches of workflow files."""
