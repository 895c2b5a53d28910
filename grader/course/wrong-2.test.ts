import { tryEverySecond } from "./wrong-answers.ts";

tryEverySecond(1);
