// attacks: an endless loop while a script is loaded
// expect load: FUEL_EXHAUSTED
// form: script
while (true) {}
