// An app that imports the worker has the values of its parameters and results too.
@_exported public import ElvesJSON
