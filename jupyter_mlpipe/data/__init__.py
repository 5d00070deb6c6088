"""The data that stages read and make: contracts that frames must hold to. Not for storing values (``store``)."""
