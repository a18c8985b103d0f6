-- ARGV: session key, owner, then those that stand still.
sign_off(ARGV[1], ARGV[2], 3)
