/** The words of a shell line, and back, as Python's shlex and the ECS agent have them. */
export {
  join as joinWords,
  quote as quoteWord,
  split as splitWords,
} from "shlex";
