-- The functions of version 3 look up what they call, and the types of their variables, in the search_path of whoever calls them.
DROP FUNCTION IF EXISTS {schema}.update_v3;
DROP FUNCTION IF EXISTS {schema}.quick_v3;
