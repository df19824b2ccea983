"""Static evaluation, judged by Node on generated expressions and programs."""
