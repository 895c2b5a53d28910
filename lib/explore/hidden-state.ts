/**
 * Thrown when states of a class were told apart by what can be seen of them, and that is not enough. The search begins again,
 * with the states of that class told apart by what has happened to them.
 */
export class HiddenState extends Error {
  override readonly name = "HiddenState";
  readonly className: string;
  constructor(className: string, why: string) {
    super(why);
    this.className = className;
  }
}
