# bash completion for leadcli:  eval "$(leadcli completion bash)"
_leadcli_completion() {
    local line=${COMP_LINE:0:COMP_POINT} word before reply
    # bash splits words at : and =, leadcli does not: it is given the line, and only what follows them is replaced.
    word=${line##*[[:space:]]}
    before=
    [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && before=${word%"${word##*:}"}
    [[ $COMP_WORDBREAKS == *=* && ${word#"$before"} == *=* ]] && before=${word%"${word##*=}"}
    COMPREPLY=()
    while IFS= read -r reply; do
        reply=${reply%%$'\t'*}
        [[ $reply == *[:=] ]] && compopt -o nospace 2>/dev/null
        [[ -n $reply ]] && COMPREPLY+=("${reply#"$before"}")
    done < <(_LEADCLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS="$line" \
        leadcli 2>/dev/null)
}
complete -o default -F _leadcli_completion leadcli
