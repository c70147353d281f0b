using System.Collections.Generic;

namespace Elves
{
    /// <summary>What was to be done.</summary>
    public sealed class Instruction
    {
        internal Instruction(Dictionary<string, object> data)
        {
            Id = Fields.Text(data, "id");
            Ip = Fields.Text(data, "ip");
            Agent = Fields.Text(data, "agent");
            Mode = Fields.Text(data, "mode");
            App = Fields.Text(data, "app");
            Version = Fields.Text(data, "version");
            Function = Fields.Text(data, "function");
            Timeout = Fields.Number(data, "timeout");
            object param;
            data.TryGetValue("param", out param);
            Param = new Param(param);
        }

        /// <summary>The task's id.</summary>
        public string Id { get; private set; }

        /// <summary>The address of the agent.</summary>
        public string Ip { get; private set; }

        /// <summary>The agent's id.</summary>
        public string Agent { get; private set; }

        /// <summary><c>rt</c>, <c>queue</c>, <c>cron</c> or <c>agent-cron</c>.</summary>
        public string Mode { get; private set; }

        /// <summary>The app's name.</summary>
        public string App { get; private set; }

        /// <summary>The app's version.</summary>
        public string Version { get; private set; }

        /// <summary>The function's name.</summary>
        public string Function { get; private set; }

        /// <summary>The parameter of the call.</summary>
        public Param Param { get; private set; }

        /// <summary>The time of the call, in seconds.</summary>
        public double Timeout { get; private set; }
    }
}
