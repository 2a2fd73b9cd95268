import type {
  Candidates,
  CompletionFlag,
  CompletionModel,
} from "../../args/completion_model.ts";
import { listPlaceVerbs } from "./list_place_verbs.ts";

/** The script for PowerShell, from 5.1 on: to be evaluated in a profile. */
export function formatPowershell(model: CompletionModel): string {
  return `# Completes porthole's command lines in PowerShell. Made by "porthole completion powershell".

Register-ArgumentCompleter -Native -CommandName 'porthole', 'porthole.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # The flags of each verb, and of the place before any: their names, what they do, and what
    # completes their value; a switch has nothing there.
    $flags = @{
${model.verbs.map(formatVerbFlags).join("\n")}
    }
    $operands = @{
${
    model.verbs.map(({ name, operand }) =>
      `        ${quote(name)} = ${sourceOf(operand)}`
    ).join("\n")
  }
    }
    $summaries = @{
${
    model.verbs.map(({ name, summary }) =>
      `        ${quote(name)} = ${quote(summary)}`
    ).join("\n")
  }
    }
    $passedFlags = ${list(model.passed)}

    # The words up to the cursor; the last one is cut there, or empty after a space.
    $words = @()
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        $start = $element.Extent.StartOffset
        if ($start -ge $cursorPosition) { break }
        $length = [Math]::Min($element.Extent.EndOffset, $cursorPosition) - $start
        $words += $element.Extent.Text.Substring(0, $length)
        $end = $element.Extent.EndOffset
    }
    if ($words.Count -eq 0 -or $end -lt $cursorPosition) { $words += '' }
    $current = $words[-1]

    $verb = ''
    $target = ''
    $flag = $null
    $passed = @()

    function Find-Flag([string] $name) {
        $taken = if ($flags.ContainsKey($verb)) { $flags[$verb] } else { $flags[''] }
        foreach ($one in $taken) { if ($one.Names -ccontains $name) { return $one } }
    }

    # What has been typed before it.
    foreach ($typed in $words | Select-Object -SkipLast 1) {
        $word = $typed.Trim("'", '"')
        if ($word -eq '--') {
            return
        } elseif ($null -ne $flag) {
            if ($passedFlags -ccontains $flag) { $passed += $flag, $word }
            $flag = $null
        } elseif ($word -like '-*=*') {
            if ($passedFlags -ccontains $word.Split('=')[0]) { $passed += $word }
        } elseif ($word -like '--*') {
            if ((Find-Flag $word).Value) { $flag = $word }
        } elseif ($word -like '-*') {
            # Of letters together the first that wants a value has the rest for it, or the next word.
            for ($at = 1; $at -lt $word.Length; $at++) {
                $letter = "-$($word[$at])"
                if ((Find-Flag $letter).Value) {
                    if ($at -eq $word.Length - 1) { $flag = $letter }
                    break
                }
            }
        } elseif (-not $verb) {
            $verb = $word
        } elseif (${list(listPlaceVerbs(model))} -ccontains $verb) {
            if ($word -match '^[^./][^:]*:') { $target = $word.Split(':')[0] }
        } elseif (-not $target) {
            $target = $word
        }
    }

    function Write-Candidate([string] $text, [string] $listed, [string] $summary) {
        if (-not $text.StartsWith($current, [StringComparison]::Ordinal)) { return }
        if (-not $summary) { $summary = $listed }
        [System.Management.Automation.CompletionResult]::new($text, $listed, 'ParameterValue', $summary)
    }

    # What porthole answers to these words, between two texts.
    function Get-Answers([string] $before, [string] $after, [string[]] $question) {
        if (-not (Get-Command porthole -CommandType Application -ErrorAction SilentlyContinue)) { return }
        foreach ($line in (& porthole __complete @question @passed 2>$null)) {
            $value, $summary = $line.Split("\`t", 2)
            if ($value -cmatch '^[A-Za-z0-9._/-]+$') {
                # A cluster goes on after its "/".
                $end = if ($value.EndsWith('/')) { '' } else { $after }
                Write-Candidate "$before$value$end" $value $summary
            }
        }
    }

    $lead = ''
    $source = $null
    if ($null -ne $flag) {
        $source = (Find-Flag $flag).Value
    } elseif ($current -like '-*=*') {
        $name = $current.Split('=')[0]
        $lead = "$name="
        $found = Find-Flag $name
        $source = if ($found.Value) { $found.Value } else { 'words', 'true', 'false' }
    } elseif ($current -like '-*') {
        foreach ($one in $(if ($flags.ContainsKey($verb)) { $flags[$verb] } else { $flags[''] })) {
            foreach ($name in $one.Names) { Write-Candidate $name $name $one.Summary }
        }
        return
    } elseif (-not $target -or $operands[$verb] -ccontains 'places') {
        $source = $operands[$verb]
    }
    if ($null -eq $source) { return }

    $kind, $values = $source
    switch ($kind) {
        'none' { }
        'files' {
            $begun = $current.Substring($lead.Length)
            foreach ($result in [System.Management.Automation.CompletionCompleters]::CompleteFilename($begun)) {
                [System.Management.Automation.CompletionResult]::new(
                    "$lead$($result.CompletionText)", $result.ListItemText, $result.ResultType, $result.ToolTip)
            }
        }
        'places' {
            # What follows a TARGET is in the container.
            if ($current -match '^([^./][^:]+)?:') { return }
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($current)
            if ($current -notmatch '^[./\\\\]') { Get-Answers '' ':' @('targets', $current) }
        }
        'words' {
            foreach ($value in $values) { Write-Candidate "$lead$value" $value $summaries[$value] }
        }
        'targets' {
            Get-Answers '' '' @('targets', $current)
        }
        default {
            $question = @($kind)
            if ($target) { $question += $target }
            Get-Answers $lead '' $question
        }
    }
}
`;
}

function formatVerbFlags(
  { name, flags }: { name: string; flags: readonly CompletionFlag[] },
): string {
  return [
    `        ${quote(name)} = @(`,
    ...flags.map(({ names, summary, value }) =>
      `            @{ Names = ${list(names)}; Summary = ${quote(summary)}; ` +
      `Value = ${value === undefined ? "$null" : sourceOf(value)} }`
    ),
    "        )",
  ].join("\n");
}

function sourceOf(candidates: Candidates): string {
  switch (candidates.kind) {
    case "words":
      return list(["words", ...candidates.words]);
    case "live":
      return list([candidates.of]);
    default:
      return list([candidates.kind]);
  }
}

function list(words: readonly string[]): string {
  return `@(${words.map(quote).join(", ")})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
