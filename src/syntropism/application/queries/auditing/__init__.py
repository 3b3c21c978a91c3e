"""The checks that an audit is made of, one module per part of the books."""
