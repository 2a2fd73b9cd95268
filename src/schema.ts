/** Schemas that judge what comes from outside. Imported as a whole, only what is used ends up in the program. */
export * from "valibot";
