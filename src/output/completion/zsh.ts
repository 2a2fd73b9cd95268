import type {
  CompletionModel,
  CompletionVerb,
} from "../../args/completion_model.ts";
import { formatCases, formatSources, quoteWord } from "./case_tables.ts";
import { listPlaceVerbs } from "./list_place_verbs.ts";

/** The script for zsh: to be evaluated after `compinit`, or saved as `_porthole` in `$fpath`. */
export function formatZsh(model: CompletionModel): string {
  const placeFlags = model.passed.join(" | ");
  const placeVerbs = listPlaceVerbs(model).join(" | ") || "''";
  const described = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([word, summary]) =>
      `\n      ${quoteWord(`${word.replaceAll(":", "\\:")}:${summary}`)}`
    ).join("");
  const flagRows = ({ flags }: CompletionVerb) =>
    flags.flatMap(({ names, summary }) =>
      names.map((name) => [name, summary] as const)
    );
  return `#compdef porthole
# Completes porthole's command lines in zsh. Made by "porthole completion zsh".

# Sets flags: those of the verb $1, each with its description.
_porthole_flags() {
  case $1 in
${
    formatCases(
      model.verbs.map((verb) =>
        [
          [verb.name === "" ? "*" : verb.name],
          `flags=(${described(flagRows(verb))}\n    )`,
        ] as const
      ).toReversed(),
    )
  }
  esac
}

${formatSources(model)}

# Sets answers: what porthole says to these words, each with its description.
_porthole_ask() {
  local line value
  answers=()
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    [[ -n $value && $value != *[^A-Za-z0-9._/-]* ]] || continue
    [[ $line == *$'\\t'?* ]] && value+=:\${line#*$'\\t'}
    answers+=("$value")
  done < <(command porthole __complete "$@" $passed </dev/null 2>/dev/null)
}

# Offers services, to "compadd" with these words, and clusters: where one stands before the word, what is completed is
# the part after the slash.
_porthole_target() {
  local -a answers clusters
  integer result=1
  _porthole_ask targets "$PREFIX"
  compset -P '*/' && answers=("\${(@)answers#*/}")
  clusters=("\${(@M)answers:#*/(|:*)}")
  clusters=("\${(@)clusters/\\//}")
  answers=("\${(@)answers:#*/(|:*)}")
  _describe -t services service answers "$@" && result=0
  _describe -t clusters cluster clusters -S / && result=0
  return result
}

_porthole() {
  local -a passed flags answers verbs
  local verb target flag source word letter
  integer index

  # What has been typed before the word under the cursor.
  for ((index = 2; index < CURRENT; index++)); do
    word=\${(Q)words[index]}
    if [[ $word == -- ]]; then
      return 1
    elif [[ -n $flag ]]; then
      case $flag in
        ${placeFlags}) passed+=("$flag" "$word") ;;
      esac
      flag=
    elif [[ $word == -*=* ]]; then
      case \${word%%=*} in
        ${placeFlags}) passed+=("$word") ;;
      esac
    elif [[ $word == --* ]]; then
      _porthole_value "$verb" "$word" && flag=$word
    elif [[ $word == -* ]]; then
      for letter in \${(s::)word#-}; do
        _porthole_value "$verb" "-$letter" || continue
        [[ $word == *$letter ]] && flag=-$letter
        break
      done
    elif [[ -z $verb ]]; then
      verb=$word
    else
      case $verb in
        ${placeVerbs}) [[ $word == [^./]*:* ]] && target=\${word%%:*} ;;
        *) [[ -n $target ]] || target=$word ;;
      esac
    fi
  done

  source=none
  if [[ -n $flag ]]; then
    _porthole_value "$verb" "$flag"
  elif [[ $PREFIX == -*=* ]]; then
    _porthole_value "$verb" "\${PREFIX%%=*}" || source='words true false'
    compset -P '*='
  elif [[ $PREFIX == -* ]]; then
    _porthole_flags "$verb"
    _describe -o -t flags flag flags
    return
  elif [[ -z $verb ]]; then
    verbs=(${
    described(
      model.verbs.filter(({ name }) => name !== "")
        .map(({ name, summary }) => [name, summary]),
    )
  }
    )
    _describe -t verbs verb verbs
    return
  else
    _porthole_operand "$verb"
    [[ -n $target && $source != places ]] && source=none
  fi

  case $source in
    none) return 1 ;;
    files) _files ;;
    words*) compadd -- \${=source#words} ;;
    places)
      # What follows a TARGET is in the container.
      [[ $PREFIX == [^./]*:* || $PREFIX == :* ]] && return 1
      _files
      [[ $PREFIX == [./]* ]] && return
      _porthole_target -S :
      ;;
    targets) _porthole_target ;;
    *)
      _porthole_ask "$source" \${target:+"$target"}
      _describe -t "$source" "\${source%s}" answers
      ;;
  esac
}

if [[ $funcstack[1] == _porthole ]]; then
  _porthole "$@"
elif (( $+functions[compdef] )); then
  compdef _porthole porthole
fi
`;
}
