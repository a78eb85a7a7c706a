#!/usr/bin/env bash
# A webhook's relay: takes the JSON body of a form service on standard input and hands it to leadcli, again and again
# while the desk is busy (exit 75). Behind socat, a queue or a web server that runs programs:
#   socat TCP-LISTEN:8081,reuseaddr,fork,bind=127.0.0.1 EXEC:examples/webhook.sh
set -uo pipefail

# A request of HTTP or the bare body: headers end at the first empty line.
length=0 first=
IFS= read -r first || true
if [[ $first == POST\ * ]]; then
    while IFS= read -r line && line=${line%$'\r'} && [[ -n $line ]]; do
        [[ ${line,,} == content-length:* ]] && length=${line#*:}
    done
    body=$(head -c "$((length))")
else
    body=$first$'\n'$(cat)
fi

for wait in 1 2 4 8 0; do
    printf '%s' "$body" | leadcli --quiet inbox --form --honeypot fax >/dev/null
    code=$?
    ((code == 75 && wait)) || break
    sleep "$wait"
done
case $code in
0) answer="204 No Content" ;;
4) answer="400 Bad Request" ;;
75) answer="503 Service Unavailable" ;;
*) answer="500 Internal Server Error" ;;
esac
[[ $first == POST\ * ]] && printf 'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$answer"
exit "$code"
