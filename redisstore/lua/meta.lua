-- What a session says of itself, as every answer has it: metaFields of the program.
used .. '\0' .. expires .. '\0' .. (lifetime or '') .. '\0' .. (deadline or '') .. '\0' .. created
