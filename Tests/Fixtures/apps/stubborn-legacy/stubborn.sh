# Ignores signals, leaves a grandchild behind, says so, and stays with it. For tests only.
trap '' HUP INT TERM
stay() { while :; do sleep 600; done; }
(stay &)
echo settled >&2
stay
