import { countAnswers, tryEverySecond } from "./wrong-answers.ts";

countAnswers();
tryEverySecond(0);
