
# What fits the word $1 where a "$2" is wanted: pool|all, R.h5, ROUND.h5|RUN, DIR, KEY=VALUE.
_camal_fit() {
    local word=$1 wanted=$2 kind
    if [[ $wanted == KEY=VALUE ]]; then
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -S = -W "${_camal_values[--set]}" -- "$word")
        return
    fi
    if [[ $wanted =~ ^[a-z0-9_]+(\|[a-z0-9_]+)+$ ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${wanted//|/ }" -- "$word")
        return
    fi
    compopt -o filenames 2>/dev/null
    for kind in ${wanted//|/ }; do
        case $kind in
        *.*)
            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
                compgen -f -X "!*.${kind##*.}" -- "$word"
                compgen -d -- "$word"
            )
            ;;
        DIR | RUN | NEW | FOLDER) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$word") ;;
        F | FILE | LIST | PATH) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$word") ;;
        esac
    done
    mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | sort -u | sed '/^$/d')
}

_camal() {
    local program=${COMP_WORDS[0]##*/} word=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) option wanted=
    COMPREPLY=()
    # "=" is a word of its own: --set train.dtype=bf16 is four.
    if [[ $word == = ]]; then
        word=
    elif [[ ${COMP_WORDS[at]} == = ]]; then
        at=$((at - 1))
    fi
    option=${COMP_WORDS[at]}
    if [[ $at -lt $((COMP_CWORD - 1)) || ${COMP_WORDS[COMP_CWORD]} == = ]] && [[ -n ${_camal_choices[$option]:-} ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${_camal_choices[$option]}" -- "$word")
        return
    fi
    if [[ $option == -* ]]; then
        wanted=${_camal_values["$program $option"]:-}
    fi
    if [[ -n $wanted ]]; then
        _camal_fit "$word" "$wanted"
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${_camal_options[$program]}" -- "$word")
    else
        wanted=${_camal_arguments[$program]:-}
        _camal_fit "$word" "${wanted%% *}"
    fi
}

complete -F _camal "${!_camal_options[@]}"
