// A result is any JSON value.
@_exported public import ElvesJSON
