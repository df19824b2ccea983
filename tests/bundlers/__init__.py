"""Small sources built by every bundler in every form, judged by Node that runs the bundles."""
