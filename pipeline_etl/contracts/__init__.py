"""What a table is and what words mean; pure."""
