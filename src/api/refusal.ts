// A question that the door answers with no: the status, what is wrong, and what to do instead.

export class Refusal extends Error {
  readonly status: number;
  readonly hint: string;

  constructor(status: number, message: string, hint: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.hint = hint;
  }
}
