"""Other ways to run untrusted JavaScript, measured in the same run on the same bundle."""
