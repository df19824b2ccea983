export var Level;
(function (Level) {
  Level[(Level["Low"] = 0)] = "Low";
  Level[(Level["High"] = 1)] = "High";
})(Level || (Level = {}));
export var Unit = ((Unit) => {
  Unit["Metric"] = "metric";
  Unit["Imperial"] = "imperial";
  return Unit;
})(Unit || {});
