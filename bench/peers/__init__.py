"""Other ways to run a stranger's JavaScript, measured in the same run on the same bundle."""
