# What the original system started: three arguments, the answer in tags on standard output. For tests only.
answer() { printf '<ElvesWFlag>%s</ElvesWFlag>\n<ElvesWResult>%s</ElvesWResult>\n' "$1" "$2"; }

case $2 in
arguments) answer true "$1 $2 [$3] $(pwd)" ;;
echo) answer true "$(printf %s "$3" | base64 -d | jq -r .text)" ;;
refuse) answer false "I would rather not" ;;
code) exit 4 ;;
esac
