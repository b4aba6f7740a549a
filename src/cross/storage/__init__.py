"""The books: the only package that knows SQL. One Store, two engines, the same promises."""
