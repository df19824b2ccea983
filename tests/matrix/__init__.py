"""The matrix: real projects x zod x bundlers x formats, with Node as the judge of what is read."""
