-- What a session says of itself, as every answer has it: metaFields of the program, with a space between. The last may have some.
used .. ' ' .. expires .. ' ' .. (lifetime or '') .. ' ' .. (deadline or '') .. ' ' .. created
