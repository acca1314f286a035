"""What the command can do: a module for each verb, loaded when it is asked for."""
