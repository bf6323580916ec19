/** What a person has to know or do before a measurement can be made; told without a stack trace. */
export class BenchProblem extends Error {}
