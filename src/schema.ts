/** Schemas that judge what comes from outside. */
export * as v from "valibot";
