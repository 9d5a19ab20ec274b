-- The functions of version 1 take a value of kind JSON for an object. They are gone, so that a program of that version fails and calls
-- none of the new ones by mistake.
DROP FUNCTION IF EXISTS {schema}.update_v1;
DROP FUNCTION IF EXISTS {schema}.quick_v1;
