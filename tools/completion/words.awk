# What bash completion knows about programs, from what they say to --help: one file each, named after the program.

function program() {
    match(FILENAME, /[^\/]*$/)
    return substr(FILENAME, RSTART)
}

# Arguments that are no options, from the first line of usage: "usage: camal-x [--quiet] --out FILE A.h5|RUN...".
function arguments(text,    words, n, i, kept) {
    while (sub(/\[[^\[\]]*\]/, "", text))
        ;
    n = split(text, words, / +/)
    for (i = 3; i <= n; i++) {
        if (words[i] ~ /^-/) {
            i++ # and its value
            continue
        }
        sub(/\.\.\.$/, "", words[i])
        if (words[i] != "")
            kept = kept (kept == "" ? "" : " ") words[i]
    }
    return kept
}

FNR == 1 {
    name = program()
    configuration = 0
}

/^usage: / {
    printf "_camal_arguments[%s]='%s'\n", name, arguments($0)
}

# "  -o, --out FILE   what it does": the value is what stands behind the last of the option's names.
!configuration && /^  -/ {
    text = $0
    sub(/^ +/, "", text)
    sub(/  +.*/, "", text)
    n = split(text, words, / /)
    value = words[n] ~ /^-/ ? "" : words[n]
    sub(/\.\.\.$/, "", value)
    for (i = 1; i <= n && words[i] ~ /^-/; i++) {
        sub(/,$/, "", words[i])
        printf "_camal_values['%s %s']='%s'\n", name, words[i], value
        printf "_camal_options[%s]+=' %s'\n", name, words[i]
    }
}

/^configuration:$/ {
    configuration = 1
}

configuration && /^[a-z_]+:$/ {
    part = substr($0, 1, length($0) - 1)
}

configuration && /^  [a-z_]+: / {
    key = part "." substr($1, 1, length($1) - 1)
    printf "_camal_values[--set]+=' %s'\n", key
}

configuration && /(; |^ +)(one|list) of [a-z0-9_, ]+$/ {
    sub(/(.*; |^ +)(one|list) of /, "")
    gsub(/,/, "")
    printf "_camal_choices[%s]='%s'\n", key, $0
}
