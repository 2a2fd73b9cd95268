import type {
  Candidates,
  CompletionFlag,
  CompletionModel,
} from "../../args/completion_model.ts";
import { listPlaceVerbs } from "./list_place_verbs.ts";

/** The script for fish: to be sourced, or saved as `porthole.fish` among its completions. */
export function formatFish(model: CompletionModel): string {
  const placeFlags = model.passed.join(" ");
  return `# Completes porthole's command lines in fish. Made by "porthole completion fish".

# Reads what stands before the cursor. Fails after "--": what follows is the container's.
function __porthole_scan
    set -g __porthole_verb
    set -g __porthole_target
    set -g __porthole_passed
    set -l flag
    for word in (commandline -opc)[2..-1]
        if test "$word" = --
            return 1
        else if test -n "$flag"
            if contains -- $flag ${placeFlags}
                set -a __porthole_passed $flag $word
            end
            set flag
        else if string match -q -- '-*=*' $word
            if contains -- (string split -m 1 = -- $word)[1] ${placeFlags}
                set -a __porthole_passed $word
            end
        else if contains -- $word ${longValueFlags(model).join(" ")}
            set flag $word
        else if string match -qr -- '^-[^-]' $word
            # Of letters together the first that wants a value has the rest for it, or the next word.
            set -l letter (string match -r -- '[${
    shortValueFlags(model)
  }]' $word)
            if test -n "$letter"; and string match -q -- "-*$letter" $word
                set flag -$letter
            end
        else if not string match -q -- '-*' $word
            if test -z "$__porthole_verb"
                set __porthole_verb $word
            else if contains -- $__porthole_verb ${
    listPlaceVerbs(model).join(" ")
  }
                if string match -qr -- '^[^./].*:' $word
                    set __porthole_target (string split -m 1 : -- $word)[1]
                end
            else if test -z "$__porthole_target"
                set __porthole_target $word
            end
        end
    end
    return 0
end

# Whether one of these verbs stands before the cursor: none is ''.
function __porthole_at
    __porthole_scan; and contains -- "$__porthole_verb" $argv
end

# Whether the word after one of these verbs is what is being typed.
function __porthole_operand
    __porthole_at $argv; and test -z "$__porthole_target"
    and not string match -q -- '-*' (commandline -ct)
end

# What porthole answers to these words.
function __porthole_ask
    command -q porthole; or return
    command porthole __complete $argv $__porthole_passed </dev/null 2>/dev/null |
        string match -r -- '^[A-Za-z0-9._/-]+(?:\\t.*)?$'
end

function __porthole_live
    __porthole_scan; or return
    __porthole_ask $argv[1] $__porthole_target
end

function __porthole_targets
    __porthole_scan; or return
    __porthole_ask targets (commandline -ct)
end

# Whether a word of one of these verbs is being typed that is no path in a container.
function __porthole_place
    __porthole_at $argv
    and not string match -qr -- '^(-|:|[^./].*:)' (commandline -ct)
end

function __porthole_places
    string match -qr -- '^[./]' (commandline -ct); and return
    __porthole_scan; or return
    __porthole_ask targets (commandline -ct) | string replace -r -- '^([^\\t]*[^\\t/])(?=\\t|$)' '$1:'
end

complete -c porthole -e
complete -c porthole -f
${model.verbs.filter(({ name }) => name !== "").map(verbLine).join("\n")}
${operandLines(model).join("\n")}
${flagLines(model).join("\n")}
`;

  function verbLine({ name, summary }: { name: string; summary: string }) {
    return `complete -c porthole -n "__porthole_at ''" -a ${name} -d ${
      quote(summary)
    }`;
  }
}

function operandLines({ verbs }: CompletionModel): readonly string[] {
  return verbs.flatMap(({ name, operand }) => {
    if (operand.kind === "places") {
      return [
        `complete -c porthole -n '__porthole_place ${name}' -F -a '(__porthole_places)'`,
      ];
    }
    const source = sourceOf(operand);
    return name === "" || source === undefined
      ? []
      : [`complete -c porthole -n '__porthole_operand ${name}' ${source}`];
  });
}

/** One line for a flag, unless verbs differ about its value; before the verb only what all take. */
function flagLines({ verbs }: CompletionModel): readonly string[] {
  const takers = new Map<string, string[]>();
  for (const { name: verb, flags } of verbs) {
    for (const flag of flags) {
      const line = flagLine(flag);
      takers.set(line, [...takers.get(line) ?? [], verb]);
    }
  }
  return [...takers].map(([line, names]) => {
    const condition = names.length === verbs.length
      ? "__porthole_scan"
      : `"__porthole_at ${names.map((name) => name || "''").join(" ")}"`;
    return `complete -c porthole -n ${condition} ${line}`;
  });
}

function flagLine({ names, summary, value }: CompletionFlag): string {
  return [
    ...names.map((name) =>
      name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
    ),
    ...(value === undefined ? [] : [valueOf(value)]),
    `-d ${quote(summary)}`,
  ].join(" ");
}

/** What completes the value of a flag: it wants one in any case. */
function valueOf(value: Candidates): string {
  return value.kind === "files"
    ? "-r -F"
    : `-x ${sourceOf(value) ?? ""}`.trim();
}

function sourceOf(candidates: Candidates): string | undefined {
  switch (candidates.kind) {
    case "words":
      return `-a ${quote(candidates.words.join(" "))}`;
    case "live":
      return candidates.of === "targets"
        ? "-a '(__porthole_targets)'"
        : `-a '(__porthole_live ${candidates.of})'`;
    default:
      return undefined;
  }
}

function longValueFlags(model: CompletionModel): readonly string[] {
  return valueFlags(model).filter((name) => name.startsWith("--"));
}

function shortValueFlags(model: CompletionModel): string {
  return valueFlags(model).filter((name) => !name.startsWith("--"))
    .map((name) => name.slice(1)).join("");
}

function valueFlags({ verbs }: CompletionModel): readonly string[] {
  const flags = verbs.flatMap(({ flags }) => flags)
    .filter(({ value }) => value !== undefined);
  return [...new Set(flags.flatMap(({ names }) => names))];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
