// Two independent engines of network policies, run as a program of their own: mattfenwick/cyclonus (MIT) and
// np-guard/netpol-analyzer (Apache-2.0).
//
//	netpol-oracle cases    prints the cases that cyclonus generates, one JSON object a line: {"name", "objects", "ports", "externals"}
//	netpol-oracle decide   reads such lines, prints for each "CYCLONUS NETPOL-ANALYZER": a t or f for each source, destination and
//	                       port in order (pods as they come, then externals; never to itself), or - where the engine has no answer
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/mattfenwick/cyclonus/pkg/generator"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	"github.com/np-guard/netpol-analyzer/pkg/netpol/eval"
	"github.com/sirupsen/logrus"
	v1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	anp "sigs.k8s.io/network-policy-api/apis/v1alpha1"
)

type port struct {
	Protocol string
	Number   int
}

type line struct {
	Name      string            `json:"name"`
	Objects   []json.RawMessage `json:"objects"`
	Ports     [][2]any          `json:"ports"`
	Externals []string          `json:"externals"`
}

type world struct {
	namespaces []*v1.Namespace
	pods       []*v1.Pod
	policies   []*netv1.NetworkPolicy
	admin      []runtime.Object
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func read(objects []json.RawMessage) *world {
	w := &world{}
	for _, raw := range objects {
		var meta metav1.TypeMeta
		must(json.Unmarshal(raw, &meta))
		switch meta.Kind {
		case "Namespace":
			o := &v1.Namespace{}
			must(json.Unmarshal(raw, o))
			w.namespaces = append(w.namespaces, o)
		case "Pod":
			o := &v1.Pod{}
			must(json.Unmarshal(raw, o))
			w.pods = append(w.pods, o)
		case "NetworkPolicy":
			o := &netv1.NetworkPolicy{}
			must(json.Unmarshal(raw, o))
			w.policies = append(w.policies, o)
		case "AdminNetworkPolicy":
			o := &anp.AdminNetworkPolicy{}
			must(json.Unmarshal(raw, o))
			w.admin = append(w.admin, o)
		case "BaselineAdminNetworkPolicy":
			o := &anp.BaselineAdminNetworkPolicy{}
			must(json.Unmarshal(raw, o))
			w.admin = append(w.admin, o)
		}
	}
	return w
}

func portName(p *v1.Pod, q port) string {
	for _, c := range p.Spec.Containers {
		for _, x := range c.Ports {
			if int(x.ContainerPort) == q.Number && (string(x.Protocol) == q.Protocol || (x.Protocol == "" && q.Protocol == "TCP")) {
				return x.Name
			}
		}
	}
	return ""
}

// each calls f for every source, destination and port; nil stands for an external address.
func (w *world) each(externals []string, ports []port, f func(src, dst *v1.Pod, from, to string, q port) byte) string {
	var out strings.Builder
	n := len(w.pods)
	at := func(i int) (*v1.Pod, string) {
		if i < n {
			return w.pods[i], w.pods[i].Namespace + "/" + w.pods[i].Name
		}
		return nil, externals[i-n]
	}
	for s := 0; s < n+len(externals); s++ {
		for d := 0; d < n+len(externals); d++ {
			if s == d || (s >= n && d >= n) {
				continue
			}
			src, from := at(s)
			dst, to := at(d)
			for _, q := range ports {
				out.WriteByte(f(src, dst, from, to, q))
			}
		}
	}
	return out.String()
}

// refused makes a panic over an object that no API server would take (a CIDR "A") no answer.
func refused(answer *string) {
	if r := recover(); r != nil {
		*answer = "-"
	}
}

// notInOnAbsent tells whether NotIn is asked of a key that some pod or namespace has not: there it holds (apimachinery's
// Requirement.Matches), but cyclonus says that it does not.
func (w *world) notInOnAbsent() bool {
	raw, err := json.Marshal(w.policies)
	must(err)
	for _, part := range strings.Split(string(raw), `"key":"`)[1:] {
		key, rest, _ := strings.Cut(part, `"`)
		if !strings.HasPrefix(rest, `,"operator":"NotIn"`) {
			continue
		}
		pods, namespaces := true, true
		for _, p := range w.pods {
			_, ok := p.Labels[key]
			pods = pods && ok
		}
		for _, n := range w.namespaces {
			_, ok := n.Labels[key]
			namespaces = namespaces && ok
		}
		if !pods && !namespaces {
			return true
		}
	}
	return false
}

func (w *world) cyclonus(externals []string, ports []port) (answer string) {
	defer refused(&answer)
	if len(w.admin) > 0 || w.notInOnAbsent() {
		return "-"
	}
	labels := map[string]map[string]string{}
	for _, ns := range w.namespaces {
		labels[ns.Name] = ns.Labels
	}
	policy := matcher.BuildNetworkPolicies(false, w.policies)
	peer := func(p *v1.Pod, ip string) *matcher.TrafficPeer {
		if p == nil {
			return &matcher.TrafficPeer{IP: ip}
		}
		return &matcher.TrafficPeer{IP: p.Status.PodIP, Internal: &matcher.InternalPeer{PodLabels: p.Labels, NamespaceLabels: labels[p.Namespace], Namespace: p.Namespace}}
	}
	return w.each(externals, ports, func(src, dst *v1.Pod, from, to string, q port) byte {
		t := &matcher.Traffic{Source: peer(src, from), Destination: peer(dst, to), ResolvedPort: q.Number, Protocol: v1.Protocol(q.Protocol)}
		if dst != nil {
			t.ResolvedPortName = portName(dst, q)
		}
		return "ft"[b(policy.IsTrafficAllowed(t).IsAllowed())]
	})
}

func b(x bool) int {
	if x {
		return 1
	}
	return 0
}

func priority(o runtime.Object) int32 {
	if a, ok := o.(*anp.AdminNetworkPolicy); ok {
		return a.Spec.Priority
	}
	return 1000
}

// whole writes "every port of this protocol" as a range: CheckIfAllowed takes it for every protocol (its connlist does not).
func whole(ports []netv1.NetworkPolicyPort) {
	for i := range ports {
		if ports[i].Port == nil {
			first, last := intstr.FromInt32(1), int32(65535)
			ports[i].Port, ports[i].EndPort = &first, &last
		}
	}
}

func (w *world) analyzer(externals []string, ports []port) (answer string) {
	defer refused(&answer)
	pe := eval.NewPolicyEngine()
	insert := func(o runtime.Object) error { return pe.InsertObject(o) }
	for _, o := range w.namespaces {
		if err := insert(o); err != nil {
			return "-" + strings.ReplaceAll(err.Error(), " ", "_")
		}
	}
	for _, o := range w.pods {
		if err := insert(o); err != nil {
			return "-" + strings.ReplaceAll(err.Error(), " ", "_")
		}
	}
	for _, o := range w.policies {
		o = o.DeepCopy()
		for i := range o.Spec.Ingress {
			whole(o.Spec.Ingress[i].Ports)
		}
		for i := range o.Spec.Egress {
			whole(o.Spec.Egress[i].Ports)
		}
		if err := insert(o); err != nil {
			return "-" + strings.ReplaceAll(err.Error(), " ", "_")
		}
	}
	sort.SliceStable(w.admin, func(i, j int) bool { return priority(w.admin[i]) < priority(w.admin[j]) }) // InsertObject keeps the order that it gets
	for _, o := range w.admin {
		if err := insert(o); err != nil {
			return "-" + strings.ReplaceAll(err.Error(), " ", "_")
		}
	}
	return w.each(externals, ports, func(src, dst *v1.Pod, from, to string, q port) byte {
		ok, err := pe.CheckIfAllowed(from, to, q.Protocol, strconv.Itoa(q.Number))
		if err != nil {
			return '?'
		}
		return "ft"[b(ok)]
	})
}

func decide() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var l line
		must(json.Unmarshal(in.Bytes(), &l))
		var ports []port
		for _, p := range l.Ports {
			ports = append(ports, port{p[0].(string), int(p[1].(float64))})
		}
		w := read(l.Objects)
		fmt.Fprintln(out, w.cyclonus(l.Externals, ports), w.analyzer(l.Externals, ports))
	}
	must(in.Err())
}

func typed(kind, version string, o any) json.RawMessage {
	raw, err := json.Marshal(o)
	must(err)
	var m map[string]any
	must(json.Unmarshal(raw, &m))
	m["kind"], m["apiVersion"] = kind, version
	raw, err = json.Marshal(m)
	must(err)
	return raw
}

// The state of a cluster while cyclonus' actions change it.
type state struct {
	namespaces map[string]map[string]string
	pods       map[string]map[string]string // ns/name
	policies   map[string]*netv1.NetworkPolicy
}

var nsNames, podNames = []string{"x", "y", "z"}, []string{"a", "b", "c"}

func start() *state {
	s := &state{map[string]map[string]string{}, map[string]map[string]string{}, map[string]*netv1.NetworkPolicy{}}
	for _, n := range nsNames {
		s.namespaces[n] = map[string]string{"ns": n}
		for _, p := range podNames {
			s.pods[n+"/"+p] = map[string]string{"pod": p}
		}
	}
	return s
}

func (s *state) apply(a *generator.Action) {
	switch {
	case a.CreatePolicy != nil:
		s.policies[a.CreatePolicy.Policy.Namespace+"/"+a.CreatePolicy.Policy.Name] = a.CreatePolicy.Policy
	case a.UpdatePolicy != nil:
		s.policies[a.UpdatePolicy.Policy.Namespace+"/"+a.UpdatePolicy.Policy.Name] = a.UpdatePolicy.Policy
	case a.DeletePolicy != nil:
		delete(s.policies, a.DeletePolicy.Namespace+"/"+a.DeletePolicy.Name)
	case a.CreateNamespace != nil:
		s.namespaces[a.CreateNamespace.Namespace] = a.CreateNamespace.Labels
	case a.SetNamespaceLabels != nil:
		s.namespaces[a.SetNamespaceLabels.Namespace] = a.SetNamespaceLabels.Labels
	case a.DeleteNamespace != nil:
		delete(s.namespaces, a.DeleteNamespace.Namespace)
		for k := range s.pods {
			if strings.HasPrefix(k, a.DeleteNamespace.Namespace+"/") {
				delete(s.pods, k)
			}
		}
	case a.CreatePod != nil:
		s.pods[a.CreatePod.Namespace+"/"+a.CreatePod.Pod] = a.CreatePod.Labels
	case a.SetPodLabels != nil:
		s.pods[a.SetPodLabels.Namespace+"/"+a.SetPodLabels.Pod] = a.SetPodLabels.Labels
	case a.DeletePod != nil:
		delete(s.pods, a.DeletePod.Namespace+"/"+a.DeletePod.Pod)
	}
}

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	for i := range out {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

func (s *state) objects() []json.RawMessage {
	var out []json.RawMessage
	ports := []v1.ContainerPort{}
	for _, n := range []int32{80, 81} {
		for _, proto := range []v1.Protocol{"TCP", "UDP", "SCTP"} {
			ports = append(ports, v1.ContainerPort{Name: fmt.Sprintf("serve-%d-%s", n, strings.ToLower(string(proto))), ContainerPort: n, Protocol: proto})
		}
	}
	for _, k := range keys(s.namespaces) {
		out = append(out, typed("Namespace", "v1", &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: k, Labels: s.namespaces[k]}}))
	}
	for _, k := range keys(s.pods) {
		ns, name, _ := strings.Cut(k, "/")
		if _, ok := s.namespaces[ns]; !ok {
			continue
		}
		// the address is a function of the name, so that it is the same in all steps
		h := 2
		for _, c := range k {
			h = (h*31 + int(c)) % 250
		}
		ip := fmt.Sprintf("192.168.%d.%d", 1+int(ns[0])%20, h+1)
		out = append(out, typed("Pod", "v1", &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: ns, Labels: s.pods[k]},
			Spec:   v1.PodSpec{Containers: []v1.Container{{Name: "c", Image: "x", Ports: ports}}},
			Status: v1.PodStatus{PodIP: ip, PodIPs: []v1.PodIP{{IP: ip}}, HostIP: "10.9.9.9"}}))
	}
	for _, k := range keys(s.policies) {
		out = append(out, typed("NetworkPolicy", "networking.k8s.io/v1", s.policies[k]))
	}
	return out
}

func cases() {
	out := json.NewEncoder(os.Stdout)
	// an address of one pod (z/c), around which cyclonus puts its address ranges
	h := 2
	for _, c := range "z/c" {
		h = (h*31 + int(c)) % 250
	}
	podIP := fmt.Sprintf("192.168.%d.%d", 1+int('z')%20, h+1)
	gen := generator.NewTestCaseGenerator(true, podIP, nsNames, nil, nil)
	for i, c := range gen.GenerateAllTestCases() {
		s := start()
		for j, step := range c.Steps {
			for _, a := range step.Actions {
				s.apply(a)
			}
			must(out.Encode(line{Name: fmt.Sprintf("cyclonus %d step %d: %s", i, j, c.Description), Objects: s.objects(),
				Ports: [][2]any{{"TCP", 80}, {"TCP", 81}, {"UDP", 80}, {"UDP", 81}, {"SCTP", 80}, {"SCTP", 81}}, Externals: []string{}}))
		}
	}
}

func main() {
	logrus.SetLevel(logrus.ErrorLevel)
	log.SetOutput(io.Discard)
	if len(os.Args) == 2 && os.Args[1] == "cases" {
		cases()
		return
	}
	decide()
}
