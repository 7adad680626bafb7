# The text of a program's --help as a manual page. Variables: name, section (1 or 5), date, version, others (the other
# programs, for SEE ALSO).
#
# The text is "usage: ..." lines; a sentence that says what the program is for; and, with blank lines between, text,
# headings that end in ":" with indented entries below ("  -o, --out FILE   what it does"), "examples:" and
# "exit codes: ...". What follows "configuration:" are the keys of a run's file: section 5, and left out in section 1.

function plain(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

# "--out FILE" with the option bold and what stands for a value in italics.
function term(text,    words, n, i, made, word) {
    n = split(text, words, / /)
    for (i = 1; i <= n; i++) {
        word = plain(words[i])
        made = made (i > 1 ? " " : "") (words[i] ~ /^-/ || section == 5 ? "\\fB" : "\\fI") word "\\fR"
    }
    return made
}

function heading(text) {
    sub(/:$/, "", text)
    print ".SH " toupper(plain(text))
    paragraph = 1
}

# An entry of a list: what it is about, then two blanks or more, then what is said about it.
function entry(line,    place) {
    sub(/^ +/, "", line)
    place = match(line, /  +/)
    print ".TP"
    if (place == 0) {
        print (section == 5 || line ~ /^-/) ? term(line) : "\\fB" plain(line) "\\fR"
        return
    }
    print (section == 5 || line ~ /^-/) ? term(substr(line, 1, place - 1)) : "\\fB" plain(substr(line, 1, place - 1)) "\\fR"
    print plain(substr(line, place + RLENGTH))
}

function begin_page(purpose) {
    sub(/\.$/, "", purpose)
    printf ".TH %s %d \"%s\" \"camal %s\" \"%s\"\n", toupper(plain(name)), section, date, version,
        section == 5 ? "File formats" : "User commands"
    print ".SH NAME"
    print plain(name) " \\- " plain(tolower(substr(purpose, 1, 1)) substr(purpose, 2))
    print ".SH SYNOPSIS"
}

function end_page(    names, n, i, list) {
    n = split(others, names, / /)
    for (i = 1; i <= n; i++)
        if (names[i] != name)
            list = list "\\fB" plain(names[i]) "\\fR(1),\n"
    if (section == 1)
        list = list "\\fBcamal\\-run\\fR(5)\n"
    sub(/,\n$/, "\n", list)
    print ".SH SEE ALSO"
    printf "%s", list
}

{
    gsub(/\t/, "        ")
    line[++lines] = $0
}

# The keys of a run's file. Lines that are indented further are a list: they are not filled.
function keys_page(at,    text, was_list, is_list) {
    begin_page("configuration of a run of camal-learn")
    print ".B run.yaml\n.SH DESCRIPTION"
    print plain("A run is described by one YAML file. Keys stand in sections; those that it leaves out have their defaults, and")
    print plain("an unknown key is an error.")
    print term("camal-learn --set") " " term("SECTION.KEY=VALUE") " " plain("sets a key on the command line;")
    print term("camal-learn RUN.yaml --show-config") " " plain("prints all of them as they would be used.")
    for (at++; at <= lines; at++) {
        text = line[at]
        is_list = text ~ /^        /
        if (is_list != was_list)
            print is_list ? ".nf" : ".fi"
        was_list = is_list
        if (text ~ /^[a-z_]+:$/) {
            heading(text)
        } else if (is_list) {
            print plain(substr(text, 7))
        } else if (text ~ /^  [a-z_]+: /) {
            print ".TP"
            sub(/^ +/, "", text)
            printf "\\fB%s\\fR %s\n", plain(substr(text, 1, index(text, ":"))), plain(substr(text, index(text, ":") + 2))
        } else if (text ~ /^      /) {
            sub(/^ +/, "", text)
            if (text ~ /^(one|list) of /)
                print ".br"
            print plain(text)
        }
    }
    print ".SH EXAMPLES"
    print "The examples that come with camal are explained line by line."
}

function example_lines(at) {
    heading(line[at++])
    print ".EX"
    while (at <= lines && line[at] ~ /^  /)
        print plain(substr(line[at++], 3))
    print ".EE"
    return at - 1
}

function text_page(at,    text, indented) {
    while (at <= lines && line[at] !~ /^usage: /)
        at++
    for (text = at; text <= lines && line[text] != ""; text++)
        ;
    begin_page(line[text + 1])
    for (; at <= lines && line[at] != ""; at++) {
        text = line[at]
        sub(/^usage: /, "", text)
        sub(/^ +/, "", text)
        print (text ~ /^camal/ && count++ ? ".br\n" : "") plain(text)
    }
    print ".SH DESCRIPTION"
    paragraph = 1
    for (; at <= lines && line[at] != "configuration:"; at++) {
        text = line[at]
        if (text == "") {
            indented = 0
            blank = 1
            continue
        }
        if (text ~ /^examples?:$/) {
            at = example_lines(at)
        } else if (text ~ /^exit codes?:/) {
            sub(/^exit codes?: */, "", text)
            print ".SH EXIT STATUS"
            if (text != "")
                print plain(text)
        } else if (text ~ /^[^ ].*:$/ && line[at + 1] ~ /^  [^ ]/) {
            heading(text)
        } else if (text ~ /^  ?  ?[^ ]/) {
            entry(text)
            indented = 1
        } else if (text ~ /^     / && indented) {
            sub(/^ +/, "", text)
            print plain(text)
        } else {
            if ((blank || indented) && !paragraph)
                print ".PP"
            sub(/^ +/, "", text)
            print plain(text)
            indented = 0
        }
        blank = paragraph = 0
    }
}

END {
    for (start = 1; start <= lines && line[start] != "configuration:"; start++)
        ;
    if (section == 5)
        keys_page(start)
    else
        text_page(1)
    end_page()
}
