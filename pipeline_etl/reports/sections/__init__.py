"""The sections a report is made of, each a question with its query beside it."""
